import BrokerModel
import CLinux
import CRabbitMQ
import Glibc

/// Owns librabbitmq's state of one connection, logged in. Confined to the connection's thread.
struct ConnectionHandle: ~Copyable {
    let state: amqp_connection_state_t
    let isTLS: Bool
    let descriptor: Int32
    let frameMax: Int
    let channelMax: Int
    /// What was agreed with the server, in seconds; zero is off.
    let heartbeat: Int
    let serverProperties: FieldTable

    /// Connects and logs in; blocks up to twice the connect timeout.
    ///
    /// - Throws: `connectFailed` or `loginRefused`.
    init(_ endpoint: Endpoint, _ configuration: ConnectionConfiguration) throws(AMQPError) {
        guard let state = amqp_new_connection() else { throw AMQPError(.connectFailed, "out of memory") }
        do throws(AMQPError) {
            let timeout = endpoint.connectTimeout ?? configuration.connectTimeout
            var limit = (timeout > .zero ? timeout : .seconds(4)).timeval
            guard
                let socket = endpoint.isTLS
                    ? try ConnectionHandle.secureSocket(state, configuration.tls) : amqp_tcp_socket_new(state)
            else { throw AMQPError(.connectFailed, "no socket") }
            try ConnectionHandle.check(
                amqp_socket_open_noblock(socket, endpoint.host, Int32(endpoint.port), &limit),
                "connect to \(endpoint)"
            )
            amqp_set_handshake_timeout(state, &limit)
            let offered = Int32(
                min((endpoint.heartbeat ?? configuration.heartbeat).nanoseconds / 1_000_000_000, 65_535)
            )
            try ConnectionHandle.login(state, endpoint, configuration, heartbeat: offered)
        } catch {
            amqp_destroy_connection(state)
            throw error
        }
        self.state = state
        isTLS = endpoint.isTLS
        descriptor = amqp_get_sockfd(state)
        frameMax = Int(amqp_get_frame_max(state))
        channelMax = Int(amqp_get_channel_max(state))
        heartbeat = Int(amqp_get_heartbeat(state))
        var decoder = FieldDecoder()
        serverProperties = (try? amqp_get_server_properties(state).map { try decoder.table($0.pointee) }) ?? [:]
        // On plain TCP this side sends frames and heartbeats itself. Were librabbitmq to send one, it might land in
        // the middle of a frame that is only half written.
        if !isTLS { amqp_tune_connection(state, Int32(channelMax), Int32(frameMax), 0) }
        bound(heartbeat)
    }

    deinit {
        amqp_destroy_connection(state)
    }

    /// Lets the kernel give up on a peer that acknowledges nothing.
    private func bound(_ heartbeat: Int) {
        var limit = UInt32(heartbeat > 0 ? max(2 * heartbeat, 10) : 300) * 1000
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &limit, socklen_t(MemoryLayout<UInt32>.size))
    }

    private static func secureSocket(
        _ state: amqp_connection_state_t,
        _ options: TLSOptions
    ) throws(AMQPError) -> OpaquePointer? {
        guard let socket = amqp_ssl_socket_new(state) else { throw AMQPError(.connectFailed, "no TLS socket") }
        amqp_ssl_socket_set_verify_peer(socket, options.verifiesPeer ? 1 : 0)
        amqp_ssl_socket_set_verify_hostname(socket, options.verifiesHostName ? 1 : 0)
        amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
        if let file = options.caFile ?? TLSOptions.systemAuthorities.first(where: { access($0, R_OK) == 0 }) {
            try check(amqp_ssl_socket_set_cacert(socket, file), "read the authorities of \(file)")
        } else if options.verifiesPeer {
            throw AMQPError(.connectFailed, "no file of certificate authorities found; set one")
        }
        if let certificate = options.certFile {
            let key = options.keyFile ?? certificate
            try check(amqp_ssl_socket_set_key(socket, certificate, key), "read the client certificate \(certificate)")
        }
        return socket
    }

    private static func login(
        _ state: amqp_connection_state_t,
        _ endpoint: Endpoint,
        _ configuration: ConnectionConfiguration,
        heartbeat: Int32
    ) throws(AMQPError) {
        let arena = ScratchArena()
        var encoder = FieldEncoder(arena: arena)
        var properties = try encoder.table([
            "product": .string("swiftworker"),
            "version": .string("0.1.0"),
            "connection_name": .string(configuration.connectionName),
            "capabilities": .table([
                "consumer_cancel_notify": .bool(true),
                "connection.blocked": .bool(true),
                "authentication_failure_close": .bool(true),
                "basic.nack": .bool(true),
                "publisher_confirms": .bool(true),
            ]),
        ])
        let reply = crabbitmq_login_plain(
            state,
            endpoint.virtualHost,
            Int32(AMQP_DEFAULT_MAX_CHANNELS),
            Int32(AMQP_DEFAULT_FRAME_SIZE),
            heartbeat,
            &properties,
            endpoint.user,
            endpoint.password
        )
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            throw refusal(reply, endpoint)
        default:
            throw AMQPError(
                .connectFailed,
                "log in to \(endpoint): \(text(of: reply.library_error))",
                libraryStatus: reply.library_error
            )
        }
    }

    private static func refusal(_ reply: amqp_rpc_reply_t, _ endpoint: Endpoint) -> AMQPError {
        guard reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD, let decoded = reply.reply.decoded else {
            return AMQPError(.connectFailed, "log in to \(endpoint): refused")
        }
        let close = decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
        let words = AMQPError.Reply(code: close.reply_code, text: String(amqp: close.reply_text))
        // A broker that is just stopping or starting says 320 or 541: that is no refusal of this login.
        let isRefusal = words.code == 403 || words.code == 530 || words.code == 402
        return AMQPError(isRefusal ? .loginRefused : .connectFailed, "log in to \(endpoint)", reply: words)
    }

    /// - Throws: `connectFailed` when a status of librabbitmq is an error.
    private static func check(_ status: Int32, _ action: @autoclosure () -> String) throws(AMQPError) {
        guard status == AMQP_STATUS_OK.rawValue else {
            throw AMQPError(.connectFailed, "\(action()): \(text(of: status))", libraryStatus: status)
        }
    }

    static func text(of status: Int32) -> String {
        amqp_error_string2(status).map { String(cString: $0) } ?? "status \(status)"
    }
}
