extension ContainerDirectory.Entry {
    /// - Returns: `nil` for a container of which only the engine can say enough.
    init?(_ record: ContainerRecord) {
        let labels = Dictionary(record.labels.map { ($0.key, $0.value) }) { $1 }
        self.init(id: record.id, name: record.name, labels: labels, image: record.imageName)
    }
}
