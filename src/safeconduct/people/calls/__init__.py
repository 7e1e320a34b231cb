"""What officers see of their people's phones: calls for help, who needs it, codes, numbers, corrections."""
