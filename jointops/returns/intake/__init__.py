"""Ways in for a return: each turns what came in into a ``Submission``; ``returns.service`` alone records it."""
