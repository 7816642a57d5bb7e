import Base

extension Rule {
    static let volumeOnHostPath = Rule(
        "volume-on-host-path",
        .high,
        "A volume is a path, a disk or a file system of the host in disguise.",
        remedy: "Recreate the volume without options, or with a folder of its own as the device.",
        references: [.cis("5.6")],
        ownsHost: true,
        check: .volume { volume in
            volume.places.compactMap { place in
                guard let severity = place.severity else { return nil }
                return Remark(
                    severity,
                    "The volume \(volume.name) is \(place.text) of the host.",
                    ["source": .text(place.text), "volume": .text(volume.name)]
                )
            }
        }
    )

    static let volumesFrom = Rule(
        "volumes-from",
        .low,
        "The container has the mounts of another container, which its own document does not show before it runs.",
        remedy: "Name the volumes that are needed (`--volume`, `volumes`) instead of `--volumes-from`."
    ) { document in
        (document.host["VolumesFrom"]?.texts ?? []).map { name in
            Remark(.low, "The container has the mounts of the container \(name).", ["container": .text(name)])
        }
    }
}
