"""Programs that are run in virtual time, each as a process of its own."""
