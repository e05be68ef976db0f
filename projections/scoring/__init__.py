"""The score: pure functions and classes, from incidents to pressures, tension, states and explanations."""
