// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target; none of the swift-syntax macros, they cost minutes per clean build.
let common: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Targets above the wire may hold no unsafe pointer: there it does not build.
let pure: [SwiftSetting] = common + [.strictMemorySafety(), .treatAllWarnings(as: .error)]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let orderedCollections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let nio = ["NIOCore", "NIOHTTP1", "NIOPosix"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "swiftworker",
    products: [
        .executable(name: "swiftworker", targets: ["swiftworker"]),
        .library(name: "SwiftWorker", targets: ["SwiftWorker"]),
        .library(name: "WorkerCommands", targets: ["WorkerCommands"]),
        .library(name: "SwiftWorkerTesting", targets: ["SwiftWorkerTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // The wire: the only targets that see C.
        .systemLibrary(name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CCompression",
            providers: [.apt(["zlib1g-dev", "libbz2-dev", "liblzma-dev", "libzstd-dev"])]
        ),
        .target(name: "CLinux"),
        .target(name: "BrokerModel", swiftSettings: pure),
        .target(
            name: "AMQP",
            dependencies: ["BrokerModel", "CRabbitMQ", "CLinux", "Threads", deque, logging],
            swiftSettings: common
        ),
        .target(name: "JSON", dependencies: ["CJansson", orderedCollections], swiftSettings: common),
        .target(name: "Compression", dependencies: ["CCompression"], swiftSettings: common),
        .target(name: "Platform", dependencies: ["CLinux"], swiftSettings: common),
        .target(name: "Threads", dependencies: ["CLinux", deque], swiftSettings: common),
        .target(name: "Postgres", dependencies: ["CPostgres", "CLinux", logging, "Threads"], swiftSettings: common),

        .target(name: "Processes", dependencies: ["CLinux", "Threads"], swiftSettings: common),

        // The house.
        .target(
            name: "CeleryProtocol",
            dependencies: ["BrokerModel", "JSON", "Compression", orderedCollections],
            swiftSettings: pure
        ),
        .target(
            name: "SwiftWorker",
            dependencies: [
                "BrokerModel", "CeleryProtocol", "JSON", "Platform", "Processes", "Threads", deque, heap, lifecycle,
                logging, metrics, orderedCollections, tracing,
            ],
            swiftSettings: pure
        ),
        .target(
            name: "ResultStores",
            dependencies: ["SwiftWorker", "BrokerModel", "CeleryProtocol", logging],
            swiftSettings: pure
        ),
        .target(
            name: "ControlStores",
            dependencies: ["SwiftWorker", "CeleryProtocol", "JSON", "Platform", "Postgres", orderedCollections],
            swiftSettings: pure
        ),
        .target(
            name: "PrometheusMetrics",
            dependencies: ["Threads", metrics, orderedCollections],
            swiftSettings: pure
        ),
        .target(
            name: "Monitoring",
            dependencies: [
                "SwiftWorker", "PrometheusMetrics", "JSON", "Platform", lifecycle, logging, metrics, orderedCollections,
            ] + nio,
            swiftSettings: pure
        ),
        .target(
            name: "SwiftWorkerTesting",
            dependencies: ["SwiftWorker", "BrokerModel", "CeleryProtocol", "JSON", "Threads"],
            swiftSettings: pure
        ),
        .target(
            name: "WorkerCommands",
            dependencies: [
                "SwiftWorker", "Monitoring", "PrometheusMetrics", "ResultStores", "ControlStores", "AMQP",
                "BrokerModel", "CeleryProtocol", "JSON",
                "Platform", "Processes", "Threads", argumentParser, logging, metrics, orderedCollections, yams,
            ],
            swiftSettings: pure
        ),
        .target(
            name: "ZoomUploader",
            dependencies: [
                "SwiftWorker", "CeleryProtocol", "Postgres", "Platform", "Processes", "JSON", logging,
                orderedCollections, "Threads",
            ],
            swiftSettings: pure
        ),
        .executableTarget(
            name: "swiftworker",
            dependencies: ["WorkerCommands", "SwiftWorker", "ZoomUploader", "Platform"],
            swiftSettings: pure
        ),

        // Proof.
        .testTarget(name: "BrokerModelTests", dependencies: ["BrokerModel"], swiftSettings: common),
        .testTarget(name: "AMQPTests", dependencies: ["AMQP", "BrokerModel", logging], swiftSettings: common),
        .testTarget(name: "JSONTests", dependencies: ["JSON", orderedCollections], swiftSettings: common),
        .testTarget(name: "ThreadsTests", dependencies: ["Threads"], swiftSettings: common),
        .testTarget(name: "CompressionTests", dependencies: ["Compression"], swiftSettings: common),
        .testTarget(
            name: "CeleryProtocolTests",
            dependencies: ["CeleryProtocol", "BrokerModel", "JSON", orderedCollections],
            exclude: ["Vectors"],
            swiftSettings: common
        ),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres"], swiftSettings: common),
        .testTarget(name: "PlatformTests", dependencies: ["Platform"], swiftSettings: common),
        .testTarget(name: "ProcessesTests", dependencies: ["Processes", "Threads"], swiftSettings: common),
        .testTarget(
            name: "PrometheusMetricsTests",
            dependencies: ["PrometheusMetrics", metrics],
            swiftSettings: common
        ),
        .testTarget(
            name: "MonitoringTests",
            dependencies: [
                "Monitoring", "PrometheusMetrics", "SwiftWorker", "SwiftWorkerTesting", "BrokerModel", "CeleryProtocol",
                "JSON", "Threads", lifecycle, logging, metrics, orderedCollections,
            ],
            swiftSettings: common
        ),
        .testTarget(
            name: "SwiftWorkerTests",
            dependencies: [
                "SwiftWorker", "SwiftWorkerTesting", "ResultStores", "BrokerModel", "CeleryProtocol", "JSON",
                "Processes", "Threads", "PoolTasks", "TestWorker", lifecycle, logging, orderedCollections, tracing,
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: common
        ),
        .testTarget(
            name: "ResultStoresTests",
            dependencies: [
                "ResultStores", "SwiftWorker", "SwiftWorkerTesting", "BrokerModel", "CeleryProtocol", "JSON",
            ],
            swiftSettings: common
        ),
        .testTarget(
            name: "WorkerCommandsTests",
            dependencies: [
                "WorkerCommands", "SwiftWorker", "SwiftWorkerTesting", "BrokerModel", "CeleryProtocol", "JSON",
                "Platform", argumentParser, logging, orderedCollections, "swiftworker", "ChildPrograms",
            ],
            swiftSettings: common
        ),
        .testTarget(
            name: "ZoomUploaderTests",
            dependencies: [
                "ZoomUploader", "Postgres", "Platform", "SwiftWorker", "SwiftWorkerTesting", "JSON", logging,
                orderedCollections,
            ],
            swiftSettings: common
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "AMQP", "BrokerModel", "SwiftWorker", "SwiftWorkerTesting", "ResultStores", "CeleryProtocol", "JSON",
                "Monitoring", "Postgres", "Processes", "ZoomUploader", "ControlStores", logging, orderedCollections,
                "Threads", "ChildPrograms",
            ],
            swiftSettings: common
        ),
        .testTarget(
            name: "InteropTests",
            dependencies: ["JSON", orderedCollections, "ChildPrograms"],
            exclude: ["Python"],
            swiftSettings: common
        ),
        .target(name: "ChildPrograms", path: "Tests/ChildPrograms", swiftSettings: common),
        .target(
            name: "PoolTasks",
            dependencies: ["SwiftWorker", "CeleryProtocol", "JSON", logging, orderedCollections],
            path: "Tests/PoolTasks",
            swiftSettings: common
        ),
        // Stands in for Celery's worker in Celery's own tests: make conformance.
        .executableTarget(
            name: "ConformanceWorker",
            dependencies: [
                "WorkerCommands", "SwiftWorker", "BrokerModel", "CeleryProtocol", "JSON", logging, orderedCollections,
            ],
            path: "Tests/Conformance/Worker",
            swiftSettings: pure
        ),
        .executableTarget(
            name: "TestWorker",
            dependencies: [
                "WorkerCommands", "SwiftWorker", "BrokerModel", "CeleryProtocol", "JSON", "PoolTasks",
                orderedCollections, "Threads",
            ],
            path: "Tests/TestWorker",
            swiftSettings: pure
        ),
    ]
)
