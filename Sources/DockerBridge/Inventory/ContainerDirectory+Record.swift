extension ContainerDirectory.Entry {
    /// - Returns: `nil` for a container of which only the engine can say enough.
    init?(_ record: ContainerRecord) {
        let labels = Dictionary(record.labels.map { ($0.key, $0.value) }) { $1 }
        // Two names that are equal here, and not byte for byte to the engine.
        guard labels.count == record.labels.count else { return nil }
        self.init(id: record.id, name: record.name, labels: labels, image: record.imageName)
    }
}
