import Base

/// The body of `POST /volumes/create`, of Docker's interface and of Podman's own.
package enum VolumeRequest {
    package static func read(_ body: [UInt8]) throws(CreateRequest.Fault) -> VolumeDocument {
        let root = try RequestBody.spelled(body)
        let (options, further) = (root["DriverOpts"]?.members ?? [], root["Options"]?.members ?? [])
        // Podman takes both names, and Docker the first one only.
        guard options.isEmpty || further.isEmpty else { throw .repeated("the options") }
        let driver = root["Driver"]?.text ?? ""
        return VolumeDocument(
            .object([
                .init("Name", root["Name"] ?? .text("(new)")),
                .init("Driver", .text(driver.isEmpty ? "local" : driver)),
                .init("Options", .object(options + further)),
            ])
        )
    }
}

extension Audit {
    /// What there is to say about a volume by itself.
    package func findings(in volume: VolumeDocument) -> [Finding] {
        self.findings(in: InspectDocument(.object([.init("Name", .text(volume.name))])), volumes: [volume]).filter {
            $0.rule == Rule.volumeOnHostPath.id
        }
    }
}
