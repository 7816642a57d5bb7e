import Auth
import Base

extension ClientAddress {
    static let local = ClientAddress(IPAddress("127.0.0.1")!)
}
