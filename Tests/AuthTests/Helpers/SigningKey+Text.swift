import Auth

extension SigningKey {
    /// The PEM as a string, which the program itself avoids because strings are not wiped.
    var pemText: String {
        self.pem().withBytes { bytes in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
    }
}
