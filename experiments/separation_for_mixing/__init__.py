"""Does data made by source separation train mixers as well as true multitracks?"""
