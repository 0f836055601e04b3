"""What is true: shops, their policies, products and orders, and the index over them."""
