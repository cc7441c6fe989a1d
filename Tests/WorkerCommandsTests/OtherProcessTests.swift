import Foundation
import Platform
import Testing

/// Other processes, and how one hears that they are ready.
@Suite struct OtherProcessTests {
    @Test func aProcessIsKnownByItsStart() throws {
        let me = try #require(OtherProcess(ThisProcess.identifier))
        #expect(me.isAlive)
        #expect(me.arguments == CommandLine.arguments)
        #expect(me.workingDirectory == ThisProcess.workingDirectory)
        #expect(abs(WallClock.now.seconds - me.startSecond) < 24 * 3600)
        #expect(OtherProcess(2_147_483_647) == nil)
        #expect(OtherProcess(0) == nil && OtherProcess(-1) == nil)
        let process = try start(["/bin/sleep", "100"])
        let other = try #require(OtherProcess(process.processIdentifier))
        #expect(other != me && other.isAlive)
        #expect(abs(WallClock.now.seconds - other.startSecond) <= 2)
        #expect(try other.send(15))
        process.waitUntilExit()
        #expect(!other.isAlive)
        #expect(try !other.send(15))
        #expect(other.arguments.isEmpty)
    }

    @Test func readinessIsHeard() throws {
        let socket = try ReadinessSocket()
        #expect(socket.name.hasPrefix("@") && socket.name.count > 1)
        #expect(socket.next() == nil)
        Readiness.report(to: socket.name)
        #expect(socket.next() == ThisProcess.identifier)
        #expect(socket.next() == nil)
        // Nobody there: nothing happens.
        Readiness.report(to: "@nobody-\(ThisProcess.identifier)")
        Readiness.report(to: "/nonexistent/socket")
        Readiness.report(to: "@" + String(repeating: "x", count: 200))
        let second = try ReadinessSocket()
        #expect(second.name != socket.name)
    }
}
