// Holds the folder until its first suite.
