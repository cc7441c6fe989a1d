# shellcheck shell=bash
# How the built tests are run. Sourced, never run.

# All tests at once starve each other on two cores: a worker that has two seconds to start then gets no processor for so long.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-5}

# A second for a worker to hand everything back is measured by this suite alone (SWIFTWORKER_DRAIN_SECONDS=1, the default);
# beside others it may wait for a processor.
export SWIFTWORKER_DRAIN_SECONDS=${SWIFTWORKER_DRAIN_SECONDS:-5}

# Suites that start many Python programs, or brokers, of their own: by themselves and two at a time, for the same reason.
HEAVY_SUITES='^(InteropTests\.(CommandTwinTests|EventTwinTests|ScreenTests|ShapeTwinTests)|IntegrationTests\.ReadinessTests)'

# run_tests [ARGUMENTS OF swift test...]: all tests, or what the arguments choose.
run_tests() {
    local code=0 test=(swift test --skip-build --disable-xctest)
    if (($# > 0)); then
        "${test[@]}" "$@" || code=$?
    else
        "${test[@]}" --skip "$HEAVY_SUITES" || code=$?
        SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=2 "${test[@]}" --filter "$HEAVY_SUITES" || code=$?
    fi
    return "$code"
}
