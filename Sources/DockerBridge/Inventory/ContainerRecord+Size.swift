extension ContainerRecord {
    /// Bytes that the record takes: its texts, and the entries of its lists.
    var heldBytes: Int {
        var bytes = MemoryLayout<Self>.stride + self.nameBytes
        for pair in self.labels { bytes += Self.bytes(of: pair) }
        for pair in self.details.environment { bytes += Self.bytes(of: pair) }
        for text in self.details.ports { bytes += Self.bytes(of: text) }
        for text in self.details.volumes { bytes += Self.bytes(of: text) }
        for text in self.image.tags { bytes += Self.bytes(of: text) }
        for text in self.image.digests { bytes += Self.bytes(of: text) }
        for network in self.extras.networks {
            bytes += MemoryLayout<Network>.stride + network.name.utf8.count
            bytes += (network.address?.utf8.count ?? 0) + (network.gateway?.utf8.count ?? 0)
        }
        for mount in self.extras.mounts {
            bytes += MemoryLayout<Mount>.stride + mount.type.utf8.count + mount.source.utf8.count
            bytes += mount.destination.utf8.count
        }
        return bytes + (self.extras.command?.utf8.count ?? 0)
    }

    /// Of the texts of which a record has one each.
    var nameBytes: Int {
        let texts = [
            self.id, self.name, self.imageID, self.imageName, self.extras.platform, self.extras.created,
            self.details.startedAt,
        ]
        return texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
    }

    private static func bytes(of pair: Pair) -> Int {
        MemoryLayout<Pair>.stride + pair.key.utf8.count + pair.value.utf8.count
    }

    private static func bytes(of text: String) -> Int { MemoryLayout<String>.stride + text.utf8.count }
}
