public import JSON
public import OrderedCollections

extension ResultMeta {
    /// What the setting `result_extended` adds to a result.
    public struct Extended: Sendable {
        public var name: String?
        /// The positional arguments, an array.
        public var args: JSONFragment
        /// The keyword arguments, an object.
        public var kwargs: JSONFragment
        /// The worker's node name.
        public var worker: String?
        public var retries: Int
        /// The delivery's routing key.
        public var queue: String?
        /// The names of the stamps; without stamps neither they nor `stamps` are written.
        public var stampedHeaders: [String]
        /// The stamps, which stand beside the other fields.
        public var stamps: JSONObject

        public init(
            name: String?,
            args: JSONFragment,
            kwargs: JSONFragment,
            worker: String?,
            retries: Int,
            queue: String?,
            stampedHeaders: [String] = [],
            stamps: JSONObject = [:]
        ) {
            self.name = name
            self.args = args
            self.kwargs = kwargs
            self.worker = worker
            self.retries = retries
            self.queue = queue
            self.stampedHeaders = stampedHeaders
            self.stamps = stamps
        }
    }
}
