import NIOCore

/// What an agent has told of its host: a value that each state frame changes.
struct AgentPicture {
    private var components: ByteBuffer?
    private var metrics: ByteBuffer?
    /// The container objects as they came, by id.
    private var containers: [String: ByteBuffer] = [:]
    /// Whether the first `dd:container_sync` has come.
    private var isSynced = false
    /// How many frames of each type there were.
    private var counts: [String: Int] = [:]

    /// - Returns: whether `type` is a state frame.
    mutating func receive(_ type: String, _ data: JSONMembers) -> Bool {
        switch type {
        case "dd:component_sync": self.components = data.raw("watchers")
        case "dd:container_sync": self.sync(data.elements("containers"))
        case "dd:container_added", "dd:container_updated": self.put(data.raw("container"))
        case "dd:container_removed": data.string("id").map { self.containers[$0] = nil }
        case "metrics": self.metrics = data.text
        case "container_event": break
        default: return false
        }
        self.counts[type, default: 0] += 1
        return true
    }

    /// As a released controller does: what is missing from a list is gone, but an empty list removes nothing.
    private mutating func sync(_ objects: [ByteBuffer]) {
        self.isSynced = true
        let kept = self.containers
        if !objects.isEmpty { self.containers.removeAll() }
        for object in objects { self.put(object, before: kept) }
    }

    /// Details that are left out stay what they were.
    private mutating func put(_ object: ByteBuffer?, before known: [String: ByteBuffer]? = nil) {
        guard let object, let members = try? JSONMembers(object: object), let id = members.string("id") else { return }
        guard !members.contains("details"), let old = (known ?? self.containers)[id],
            let details = (try? JSONMembers(object: old))?.raw("details")
        else {
            self.containers[id] = object
            return
        }
        var whole = object.getSlice(at: object.readerIndex, length: object.readableBytes - 1)!
        whole.writeString(#","details":"#)
        whole.writeImmutableBuffer(details)
        whole.writeString("}")
        self.containers[id] = whole
    }

    /// `{synced, counts{}, components?, metrics?, containers[]}`, containers sorted by id.
    var json: ByteBuffer {
        var text = ByteBuffer(string: #"{"synced":\#(self.isSynced),"counts":{"#)
        let counts = self.counts.sorted { $0.key < $1.key }.map { "\(FrameText.quoted($0.key)):\($0.value)" }
        text.writeString(counts.joined(separator: ",") + "}")
        for (name, value) in [("components", self.components), ("metrics", self.metrics)] {
            guard let value else { continue }
            text.writeString(#","\#(name)":"#)
            text.writeImmutableBuffer(value)
        }
        text.writeString(#","containers":["#)
        for (index, id) in self.containers.keys.sorted().enumerated() {
            if index > 0 { text.writeString(",") }
            text.writeImmutableBuffer(self.containers[id]!)
        }
        text.writeString("]}\n")
        return text
    }
}
