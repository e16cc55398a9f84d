"""What is sent outside, mail or webhook, and what became of each attempt; knows no protocol."""
