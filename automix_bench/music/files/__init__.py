"""Songs in files: mixed music and multitracks."""
