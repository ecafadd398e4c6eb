"""What is sold, as staff see and change it."""
