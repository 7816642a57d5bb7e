/// What `GET /volumes/{name}` says, and at what mount it was met.
package struct VolumeDocument: Sendable {
    let name: String
    /// The path of the host behind a volume of the local driver, `nil` when it is an ordinary one.
    let device: HostPath?
    let isReadOnly: Bool

    package init(_ root: JSONNode) {
        let options = root["Options"]
        var (isBind, isReadOnly) = (false, false)
        for word in Pieces(of: options["o"]?.text ?? "", separator: ",").lazy.map(\.trimmingSpace) {
            isBind = isBind || word == "bind" || word == "rbind"
            isReadOnly = isReadOnly || word == "ro"
        }
        isBind = isBind && root["Driver"]?.text == "local"
        self.name = root["Name"]?.text ?? ""
        self.device = isBind ? options["device"]?.text.flatMap { HostPath($0) } : nil
        self.isReadOnly = isReadOnly
    }
}

extension Rule {
    static let volumeOnHostPath = Rule(
        "volume-on-host-path",
        .high,
        "A named volume is a bind mount of a sensitive path in disguise; `docker inspect` does not show it.",
        remedy: "Recreate the volume without the option o=bind, or with a folder of its own as the device.",
        references: [.cis("5.6")],
        check: .volume { volume in
            guard let device = volume.device,
                let severity = MountClass(device, isReadOnly: volume.isReadOnly)?.severity
            else { return [] }
            return [
                Remark(
                    severity,
                    "The volume \(volume.name) is the host path \(device.text).",
                    ["source": .text(device.text), "volume": .text(volume.name)]
                )
            ]
        }
    )
}

extension MountClass {
    fileprivate var severity: Severity {
        switch self {
        case .dockerSocket, .otherEngineSocket: .critical
        case .sensitive(let severity): severity
        }
    }
}
