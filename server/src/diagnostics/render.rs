//! Printing of diagnostics: text for people, JSON for programs, annotations for review pages.
