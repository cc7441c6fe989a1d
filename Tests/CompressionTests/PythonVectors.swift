import Compression

/// What Python 3.11's zlib, bz2, lzma and python-zstandard 0.25 made of `PythonVectors.body`.
enum PythonVectors {
    struct Vector: Sendable, CustomStringConvertible {
        var description: String
        var codec: Codec
        var bytes: [UInt8]

        init(_ description: String, _ codec: Codec, _ hex: String) {
            self.description = description
            self.codec = codec
            bytes = PythonVectors.bytes(hex)
        }
    }

    static let body =
        #"[["01Jü", 1.5], {"recording_id": 7}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]"#

    static let ofBody = [
        Vector(
            "zlib",
            .zlib,
            "789c8b8e563230f43abc474947c150cf345647a15aa9283539bf2825332f3d3e3345c94ac1bc1624989c98939394989c"
                + "5d0c14c92bcdc9d151504a2d2a421349ce48cccc43e602cd81726b6301108e224d"
        ),
        Vector(
            "zlibLevel9",
            .zlib,
            "78da8b8e563230f43abc474947c150cf345647a15aa9283539bf2825332f3d3e3345c94ac1bc1624989c98939394989c"
                + "5d0c14c92bcdc9d151504a2d2a421349ce48cccc43e602cd81726b6301108e224d"
        ),
        Vector(
            "bz2",
            .bzip2,
            "425a68393141592653591dc608710000151f8c500562900010000abeed9a0a00040800200050c600098000982520a7a6"
                + "8c8d4d191b4d36a1a114182cb5b558dbc519ca64bf28e8528d720f9c3dc78fc578be924a9cdbd23f7c0b61bb8c4151ec"
                + "6e27d09c24a4f35340897977df82ee48a70a1203b8c10e20"
        ),
        Vector(
            "lzma",
            .xz,
            "fd377a585a000004e6d6b4460200210116000000742fe5a3e00069004c5d002de08460336eeccca1604317929edb47dc"
                + "5023627fcde9ed746d71f44e9d15cf62451df68c7dc1ef34c467a084254c08072aeca3abb1618bcfda06220d5569685b"
                + "0df7c70989816a34b16680003a716184def2ecf40001686ac2dcc5201fb6f37d010000000004595a"
        ),
        Vector(
            "lzmaAlone",
            .xz,
            "5d00008000ffffffffffffffff002de08460336eeccca1604317929edb47dc5023627fcde9ed746d71f44e9d15cf6245"
                + "1df68c7dc1ef34c467a084254c08072aeca3abb1618bcfda06220d5569685b0df7c70989816a38957a3ea9fdd1f840"
        ),
        Vector(
            "lzmaExtreme",
            .xz,
            "fd377a585a00000ae1fb0ca1020021011c00000010cf58cce00069004c5d002de08460336eeccca1604317929edb47dc"
                + "5023627fcde9ed746d71f44e9d15cf62451df68c7dc1ef34c467a084254c08072aeca3abb1618bcfda06220d5569685b"
                + "0df7c70989816a34b1668000de450a6b541b2e24734e267f09227089c5d05b93acfe97fb0a053c8ef7273c8c00018001"
                + "6a000000d2fe1eb4b6e9df1c02000000000a595a"
        ),
        Vector(
            "zstandard",
            .zstd,
            "28b52ffd206ac5020094045b5b2230314ac3bc222c20312e355d2c207b227265636f7264696e675f6964223a20377d63"
                + "616c6c6261636b73223a206e756c6c2c2022657272636861696e63686f726e756c6c7d5d0400450884a84dabd98d68cd"
                + "27"
        ),
        Vector(
            "zstandardStream",
            .zstd,
            "28b52ffd0058bd0200a4045b5b2230314ac3bc222c20312e355d2c207b227265636f7264696e675f6964223a20377d2c"
                + "207b2263616c6c6261636b73223a206e756c6c2c2022657272636861696e63686f72647d5d030032b3266ad35edd8402"
        ),
        Vector(
            "zstandardChecksum",
            .zstd,
            "28b52ffd246a95020044045b5b2230314ac3bc222c20312e355d2c207b227265636f7264696e675f6964223a20377d63"
                + "616c6c6261636b73223a206e756c6c2c2022657272636861696e6f72647d5d0400201b3239ad6637a2359f87f4558e"
        ),
    ]

    static let ofNothing = [
        Vector("nothing", .zlib, "789c030000000001"),
        Vector("nothing", .bzip2, "425a683917724538509000000000"),
        Vector("nothing", .xz, "fd377a585a000004e6d6b446000000001cdf44211fb6f37d010000000004595a"),
        Vector("nothing", .zstd, "28b52ffd2000010000"),
    ]

    /// Python's gzip module: RFC 1952, which its zlib.decompress refuses.
    static let gzip = bytes(
        "1f8b08000000000002038b8e563230f43abc474947c150cf345647a15aa9283539bf2825332f3d3e3345c94ac1bc1624"
            + "989c98939394989c5d0c14c92bcdc9d151504a2d2a421349ce48cccc43e602cd81726b63015e86ca0c6a000000"
    )

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8).map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
