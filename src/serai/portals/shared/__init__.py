"""What every portal's pages stand in: who enters, how errors look, how work is shown."""
