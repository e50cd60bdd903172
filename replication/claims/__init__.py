"""The paper's claims and the review's wishes: findings, their tests, verdicts, sensitivity."""
