"""The situation: who has reported, and the totals."""
