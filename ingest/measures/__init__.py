"""What stands beside a circuit: figures on donors it has not seen, baselines, controls."""
