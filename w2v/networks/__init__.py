"""Feed-forward networks by backpropagation."""
