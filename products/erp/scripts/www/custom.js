/* The page asks for this file; there is nothing to add. */
