"""Where songs come from: files, scores, synthesis, tracker modules, projects."""
