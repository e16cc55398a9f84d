"""Every published figure comes from a command here; imports the product, is imported by nothing."""
