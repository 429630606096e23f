"""Commands that ask for facts under other conditions: edits, wrong answers, demonstrations, two hops."""
