#pragma once

/// Marks what the shared libraries promise to outsiders; everything else is hidden.
#define IROSURVEY_EXPORT __attribute__((visibility("default")))
