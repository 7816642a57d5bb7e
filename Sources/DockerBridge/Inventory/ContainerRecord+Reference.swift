extension ContainerRecord {
    /// The image by the best name there is: as the container was created, else what the engine calls it now, else the
    /// beginning of its id.
    package var reference: ImageReference {
        if let reference = ImageReference(parsing: self.imageName), !self.isImageID(self.imageName) { return reference }
        for name in self.image.tags + self.image.digests {
            if let reference = ImageReference(parsing: name) { return reference }
        }
        let id = self.imageID.isEmpty ? self.imageName : self.imageID
        let hexadecimal = id.split(separator: ":").last ?? "unknown"
        return ImageReference(repository: String(hexadecimal.prefix(12)))
    }

    /// A container may be created from an image's id, whole or cut.
    private func isImageID(_ name: String) -> Bool {
        let digits = self.imageID.split(separator: ":").last ?? ""
        return name.count >= 6 && digits.hasPrefix(name)
    }
}

extension ImageReference {
    fileprivate init(repository: String) {
        self.registry = Self.defaultRegistry
        self.repository = repository
    }
}
