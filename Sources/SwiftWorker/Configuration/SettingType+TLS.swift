extension SettingType where Value == TLSSettings? {
    /// `broker_use_ssl`: true, or a map of Python's `ssl` options.
    static var tls: SettingType {
        SettingType("true, false or a map of keyfile, certfile, ca_certs, cert_reqs") {
            node throws(SettingsError) -> TLSSettings? in
            guard !node.isNull else { return nil }
            guard case .map = node.content else {
                return try SettingType<Bool>.boolean.read(node) ? TLSSettings() : nil
            }
            let keys = ["keyfile", "certfile", "ca_certs", "cert_reqs", "check_hostname"]
            let reader = try KeyedReader(node, what: "broker_use_ssl", keys: keys)
            var tls = TLSSettings()
            tls.key = try reader.read("keyfile", .string)
            tls.certificate = try reader.read("certfile", .string)
            tls.caCertificates = try reader.read("ca_certs", .string)
            tls.verifiesPeer = try reader.read("cert_reqs", .certificateCheck) ?? true
            tls.verifiesHostName = try reader.read("check_hostname", .boolean) ?? tls.verifiesPeer
            return tls
        } show: { tls in
            guard let tls else { return false }
            var entries: [ConfigurationEntry] = []
            for (key, value) in [
                ("keyfile", tls.key), ("certfile", tls.certificate), ("ca_certs", tls.caCertificates),
            ] {
                if let value { entries.append(ConfigurationEntry(key: key, value: ConfigurationNode(.string(value)))) }
            }
            let check = tls.verifiesPeer ? "CERT_REQUIRED" : "CERT_NONE"
            entries.append(ConfigurationEntry(key: "cert_reqs", value: ConfigurationNode(.string(check))))
            entries.append(
                ConfigurationEntry(key: "check_hostname", value: ConfigurationNode(.bool(tls.verifiesHostName)))
            )
            return ConfigurationNode(.map(entries))
        }
    }
}

extension SettingType where Value == Bool {
    /// `cert_reqs`, as Python's constant is called or counted.
    fileprivate static var certificateCheck: SettingType {
        SettingType("CERT_REQUIRED or CERT_NONE") { node throws(SettingsError) -> Bool in
            switch node.content {
            case .integer(2), .string("CERT_REQUIRED"), .string("ssl.CERT_REQUIRED"), .string("required"): return true
            case .integer(0), .string("CERT_NONE"), .string("ssl.CERT_NONE"), .string("none"): return false
            case .string(let word): throw node.invalid("CERT_REQUIRED or CERT_NONE", found: "'\(word)'")
            default: throw node.mismatch("CERT_REQUIRED or CERT_NONE")
            }
        } show: {
            ConfigurationNode(.bool($0))
        }
    }
}
