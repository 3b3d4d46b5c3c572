"""Running a program that is not ours, so that it ends when it must and leaves nothing behind."""
