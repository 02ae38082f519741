/**
 * Does the documentation tell the truth? Its shell blocks, run as a reader would run them, against
 * gateways from the executable jar. CONTRIBUTING.md, "Documentation that runs", says how to write
 * them.
 */
@NullMarked
package io.apitwo.docs;

import org.jspecify.annotations.NullMarked;
