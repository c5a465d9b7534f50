"""bind-matrix: what really happens when a second socket wants a port that another one holds."""
