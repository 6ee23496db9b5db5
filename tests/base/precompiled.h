// The same for the unit tests.
#pragma once

#include <doctest/doctest.h>

#include "base/precompiled.h"
