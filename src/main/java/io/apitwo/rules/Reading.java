package io.apitwo.rules;

/** What reading a document needs at every place of it. */
record Reading(Problems problems, Placeholders placeholders, Overrides overrides) {}
