"""The judge: one binary criterion per question, and the proof that its verdicts are worth a vote."""
