/// The texts of `multi help` and of its mistakes.
enum MultiHelp {
    static func usage(_ program: String) -> String {
        """
        usage: \(program) multi start [names|count] [worker options]
               \(program) multi stop [names|count] [-SIG (default: -TERM)] [--wait=SECONDS] [--cold]
               \(program) multi stopwait [names|count] [-SIG]
               \(program) multi restart [names|count] [-SIG] [--wait=SECONDS] [worker options]
               \(program) multi kill [names|count]
               \(program) multi status [names|count] [--json]

               \(program) multi show [names|count] [worker options]
               \(program) multi get hostname [names|count] [worker options]
               \(program) multi names [names|count]
               \(program) multi expand template [names|count]
               \(program) multi help

        additional options:

            * --nosplash:   Don't display program info.
            * --quiet:      Don't show as much output.
            * --verbose:    Show more output.
            * --no-color:   Don't display colors.
        """
    }

    static func text(_ program: String) -> String {
        usage(program) + "\n\n" + """
            Without names, or with names of the configuration's section 'workers:', the workers are started as it has
            them; options given here win. Other names, or a number, are workers of their own, as in 'celery multi'.

            \(program) multi start                     all workers of the configuration
            \(program) multi start cpu async           two of them
            \(program) multi restart cpu -c 5          one of them, with another option
            \(program) multi status                    which of them run; exit code 3 when one does not

            \(program) multi start 3 -c 3              celery1@host, celery2@host, celery3@host
            \(program) multi start 3 -c 3 -c:1 10      the first with another option
            \(program) multi start 5 -c 3 -c:1-3 10    or some
            \(program) multi start 2 --range-prefix=w  w1@host, w2@host
            \(program) multi start image video -Q:image img -Q:video vid
            \(program) multi start a b --prefix=w_ --suffix=worker.example.com
            \(program) multi start image@%h video@h2
            \(program) multi start 1 --pidfile=/run/%n.pid --logfile=/var/log/%n%I.log -- worker.direct=true

            Process ids and logs are in /var/run/celery/%n.pid and /var/log/celery/%n%I.log unless options say otherwise.
            Whoever stops a node must name the same file. In them, %n is a node's name, %p the whole node name.

            start waits until the workers consume, stop until they are gone: --wait=SECONDS at most (120; 0 does not wait;
            stopwait has no limit). A warm stop lets running tasks finish. With --cold, a worker that is not done in time
            is stopped cold (QUIT). Only kill kills. A process is signalled only if it is the node's worker.

            Exit codes: 0 done, 1 a node failed or the command line is wrong, 3 status found a node that does not run.
            """
    }
}
