"""What the parties owe each other: the book that every act writes, the clock that reads it, the board of both."""
