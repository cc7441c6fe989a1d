/// The snake_case form of a camelCase name, or nil if that is the same name: `userId`, `userID` → `user_id`,
/// `HTTPServer` → `http_server`, `s3Key` → `s3_key`.
func snakeCase(_ name: String) -> String? {
    var name = name
    return name.withUTF8 { name -> String? in
        guard name.contains(where: isUppercase) else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(name.count + 4)
        for (index, byte) in name.enumerated() {
            guard isUppercase(byte) else {
                result.append(byte)
                continue
            }
            if index > 0, name[index - 1] != UInt8(ascii: "_") {
                let startsWord = !isUppercase(name[index - 1])
                let endsAcronym = index + 1 < name.count && isLowercase(name[index + 1])
                if startsWord || endsAcronym { result.append(UInt8(ascii: "_")) }
            }
            result.append(byte | 0x20)
        }
        return String(decoding: result, as: UTF8.self)
    }
}

private func isUppercase(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
private func isLowercase(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
