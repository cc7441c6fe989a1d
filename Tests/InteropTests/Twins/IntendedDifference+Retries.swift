extension IntendedDifference {
    /// Those of retries; docs/differences.md has them for users.
    static let retries = [
        IntendedDifference(
            cases: ["hidden"],
            paths: ["published.0.headers.argsrepr", "published.0.headers.kwargsrepr"],
            reason: "what a producer has hidden stays hidden; Celery computes it anew"
        ),
        IntendedDifference(
            cases: ["gzip"],
            paths: ["published.0.body", "published.0.headers.compression", "published.0.order"],
            reason: "the body keeps its bytes, compression included; Celery sends it uncompressed"
        ),
        IntendedDifference(
            cases: ["by_hand_correlation"],
            paths: ["published.0.properties.correlation_id"],
            reason: "the correlation id stays, by which the reader knows its result; Celery sets the task's id"
        ),
        IntendedDifference(
            cases: ["protocol1", "by_hand_hybrid"],
            paths: ["published.0.headers.meth", "published.0.order"],
            reason: "Celery puts a header 'meth' of its own into what was a message of protocol 1"
        ),
        IntendedDifference(
            cases: ["arguments_that_do_not_fit"],
            paths: ["exception", "messages.0.fields.result", "messages.0.fields.traceback"],
            reason: "neither retries them; Celery tries to, and fails with the Reject of its own check of arguments"
        ),
    ]
}
