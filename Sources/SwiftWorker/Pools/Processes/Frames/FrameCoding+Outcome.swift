import CeleryProtocol
import JSON

// How outcomes lie in a frame: those that a body can end in, not those that only the parent gives.

extension FrameEncoder {
    mutating func write(_ outcome: Outcome) {
        switch outcome {
        case .success(let result):
            write(OutcomeTag.success)
            write(result.bytes)
        case .failure(let exception):
            write(OutcomeTag.failure)
            write(exception)
        case .ignored: write(OutcomeTag.ignored)
        case .rejected(let reason, let requeue):
            write(OutcomeTag.rejected)
            write(reason)
            write(requeue)
        case .expired: write(OutcomeTag.expired)
        case .unregistered: write(OutcomeTag.unregistered)
        case .refused(let error):
            write(OutcomeTag.refused)
            write(error.code.description)
            write(error.message)
        case .cancelled(let cause):
            write(OutcomeTag.cancelled)
            write(cause)
        case .retried(let plan):
            write(OutcomeTag.retried)
            write(plan)
        case .revoked(.terminated(let signal)):
            write(OutcomeTag.terminated)
            write(Int(signal))
        case .parked, .passedOn, .revoked(.before), .timedOut, .lost, .lostToRunAgain, .quarantined:
            write(OutcomeTag.failure)
            write(PythonException.runtimeError("a body can't end so: \(outcome)"))
        }
    }

    mutating func write(_ exception: PythonException) {
        write(exception.type)
        write(exception.module)
        write(JSONFragment(.array(exception.arguments)).bytes)
        write(exception.traceback)
    }

    mutating func write(_ cause: CancellationCause) {
        switch cause {
        case .softTimeLimit(let limit):
            write(UInt8(0))
            write(limit)
        case .shutdown: write(UInt8(1))
        case .connectionLost: write(UInt8(2))
        case .timeLimit(let limit):
            write(UInt8(3))
            write(limit)
        case .terminated(let signal):
            write(UInt8(4))
            write(Int(signal))
        }
    }
}

extension FrameDecoder {
    mutating func outcome() throws(FrameError) -> Outcome {
        let tag = try byte()
        switch tag {
        case OutcomeTag.success: return .success(JSONFragment(bytes: try blob()))
        case OutcomeTag.failure: return .failure(try exception())
        case OutcomeTag.ignored: return .ignored
        case OutcomeTag.rejected:
            let reason = try text()
            return .rejected(reason: reason, requeue: try bool())
        case OutcomeTag.expired: return .expired
        case OutcomeTag.unregistered: return .unregistered
        case OutcomeTag.refused:
            let name = try text()
            guard let code = InvalidMessage.Code(description: name) else {
                throw FrameError("a refusal of the unknown kind '\(name.prefix(64))'")
            }
            return .refused(InvalidMessage(code, try text()))
        case OutcomeTag.cancelled: return .cancelled(try cause())
        case OutcomeTag.retried: return .retried(try retryPlan())
        case OutcomeTag.terminated: return .revoked(.terminated(signal: try signal()))
        default: throw FrameError("an outcome of the unknown kind \(tag)")
        }
    }

    mutating func exception() throws(FrameError) -> PythonException {
        let type = try text()
        let module = try text()
        guard case .array(let arguments) = try? JSONValue(parsing: try blob()) else {
            throw FrameError("an exception whose arguments are no JSON")
        }
        var exception = PythonException(type: type, module: module, arguments: arguments)
        exception.traceback = try optionalText()
        return exception
    }

    mutating func cause() throws(FrameError) -> CancellationCause {
        let tag = try byte()
        switch tag {
        case 0: return .softTimeLimit(try duration())
        case 1: return .shutdown
        case 2: return .connectionLost
        case 3: return .timeLimit(try duration())
        case 4: return .terminated(signal: try signal())
        default: throw FrameError("a cancellation of the unknown kind \(tag)")
        }
    }

    private mutating func signal() throws(FrameError) -> Int32 {
        let number = try integer()
        guard let signal = Int32(exactly: number), (1...64).contains(signal) else {
            throw FrameError("a signal of number \(number)")
        }
        return signal
    }
}

/// The kinds of outcomes in a frame.
private enum OutcomeTag {
    static let success: UInt8 = 0
    static let failure: UInt8 = 1
    static let ignored: UInt8 = 2
    static let rejected: UInt8 = 3
    static let expired: UInt8 = 4
    static let unregistered: UInt8 = 5
    static let refused: UInt8 = 6
    static let cancelled: UInt8 = 7
    static let retried: UInt8 = 8
    static let terminated: UInt8 = 9
}
