"""What chance gives: the null that every overlap stands beside."""
