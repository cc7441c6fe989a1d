/// The headers of protocol 2 that mean something to a worker (Celery reference, 1.2).
enum HeaderField {
    case lang, task, id, shadow, eta, expires, group, groupIndex, retries, timeLimit, rootID, parentID, argsRepr
    case kwargsRepr, origin, ignoreResult, replacedTaskNesting, stampedHeaders, stamps, compression

    /// Finds the field of a name; `nil` for the caller's own headers.
    ///
    /// By length first, because comparing twenty names for each of twenty headers of each message takes longer than
    /// all the rest.
    init?(name: String) {
        switch name.utf8.count {
        case 2 where name == "id": self = .id
        case 3 where name == "eta": self = .eta
        case 4 where name == "task": self = .task
        case 4 where name == "lang": self = .lang
        case 5 where name == "group": self = .group
        case 6 where name == "origin": self = .origin
        case 6 where name == "shadow": self = .shadow
        case 6 where name == "stamps": self = .stamps
        case 7 where name == "retries": self = .retries
        case 7 where name == "root_id": self = .rootID
        case 7 where name == "expires": self = .expires
        case 8 where name == "argsrepr": self = .argsRepr
        case 9 where name == "timelimit": self = .timeLimit
        case 9 where name == "parent_id": self = .parentID
        case 10 where name == "kwargsrepr": self = .kwargsRepr
        case 11 where name == "group_index": self = .groupIndex
        case 11 where name == "compression": self = .compression
        case 13 where name == "ignore_result": self = .ignoreResult
        case 15 where name == "stamped_headers": self = .stampedHeaders
        case 21 where name == "replaced_task_nesting": self = .replacedTaskNesting
        default: return nil
        }
    }
}
