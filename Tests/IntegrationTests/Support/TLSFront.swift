import AMQP
import ChildPrograms
import Foundation
import Glibc
import Testing

/// A TLS end in front of the test broker: certificates made by openssl, served by a few lines of Python.
///
/// So the broker itself needs no TLS listener.
final class TLSFront: @unchecked Sendable {
    // @unchecked: nothing changes once it is made.

    let port: UInt16
    /// The authority that signed the server's certificate, which is for `localhost`.
    let caFile: String
    /// An authority that signed nothing.
    let strangerFile: String
    let clientCertificate: String
    let clientKey: String
    private let folder: URL
    private let process: Process
    /// Its end is the server's end, should this process die.
    private let input = Pipe()

    /// Makes one on a thread of its own: Swift's pool is too small to wait in.
    static func start(to endpoint: Endpoint, requiresClientCertificate: Bool) async throws -> TLSFront {
        try await withCheckedThrowingContinuation { continuation in
            Thread {
                continuation.resume(
                    with: Result { try TLSFront(to: endpoint.host, endpoint.port, requiresClientCertificate) }
                )
            }.start()
        }
    }

    private init(to host: String, _ targetPort: UInt16, _ requiresClientCertificate: Bool) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(TestBroker.uniqueName("tls"))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.path
        let script = """
            set -e
            cd '\(path)'
            for name in ca stranger; do
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=$name -keyout $name.key -out $name.pem
            done
            for name in localhost client; do
                openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$name \
                    -keyout $name.key -out $name.csr
                printf 'subjectAltName=DNS:%s\\n' $name > $name.ext
                openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile $name.ext \
                    -out $name.pem
            done
            """
        try TLSFront.run("/bin/sh", ["-c", script])
        caFile = path + "/ca.pem"
        strangerFile = path + "/stranger.pem"
        clientCertificate = path + "/client.pem"
        clientKey = path + "/client.key"

        let output = Pipe()
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", TLSFront.server, path, host, "\(targetPort)", requiresClientCertificate ? "1" : "0"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.runUnblocked()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)), "the TLS front did not start")
    }

    func stop() {
        kill(process.processIdentifier, SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    private static func run(_ executable: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.runUnblocked()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(executable) failed")
    }

    /// Accepts TLS, and forwards to the plain port; ends with its standard input.
    private static let server = """
        import asyncio, os, ssl, sys, threading
        folder, host, port, strict = sys.argv[1:5]
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder + "/ca.pem")
        context.load_cert_chain(folder + "/localhost.pem", folder + "/localhost.key")
        context.verify_mode = ssl.CERT_REQUIRED if strict == "1" else ssl.CERT_NONE

        def watch():
            sys.stdin.read()
            os._exit(0)

        threading.Thread(target=watch, daemon=True).start()

        async def pump(reader, writer):
            try:
                while data := await reader.read(65536):
                    writer.write(data)
                    await writer.drain()
            except Exception:
                pass
            finally:
                writer.close()

        async def serve(reader, writer):
            there_reader, there_writer = await asyncio.open_connection(host, int(port))
            await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))

        async def main():
            server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
            print(server.sockets[0].getsockname()[1], flush=True)
            await server.serve_forever()

        asyncio.run(main())
        """
}
