package services

import "time"

// Address is where a parcel goes.
type Address struct {
	Name     string `json:"name"`
	Street   string `json:"street"`
	Postcode string `json:"postcode"`
	City     string `json:"city"`
	Country  string `json:"country"` // ISO 3166 alpha-2
	Phone    string `json:"phone,omitempty"`
}

// Item is one line of a basket.
type Item struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	GiftNote string `json:"gift_note,omitempty"`
}

// Checkout is what a customer sends to buy a basket.
type Checkout struct {
	CustomerID string  `json:"customer_id"`
	Items      []Item  `json:"items"`
	Shipping   Address `json:"shipping"`
	CardToken  string  `json:"card_token"`
	Currency   string  `json:"currency"`
	DeliverOn  string  `json:"deliver_on"` // a date
	Coupon     string  `json:"coupon,omitempty"`
	Note       string  `json:"note,omitempty"`
}

// Order is what the storefront asks of orders.
type Order struct {
	OrderID    string    `json:"order_id"`
	CustomerID string    `json:"customer_id"`
	Email      string    `json:"email"`
	Lines      []Line    `json:"lines"`
	Total      float64   `json:"total"`
	Currency   string    `json:"currency"`
	Shipping   Address   `json:"shipping"`
	CardToken  string    `json:"card_token"`
	DeliverOn  string    `json:"deliver_on"`
	Note       string    `json:"note,omitempty"`
	PlacedAt   time.Time `json:"placed_at"`
}

// Line is one product of an order at its price.
type Line struct {
	SKU       string  `json:"sku"`
	Title     string  `json:"title"`
	Quantity  int     `json:"quantity"`
	UnitPrice float64 `json:"unit_price"`
}

// Product is what the catalogue knows.
type Product struct {
	SKU   string  `json:"sku"`
	Title string  `json:"title"`
	Price float64 `json:"price"`
	Stock int     `json:"stock"`
}

// User is a customer.
type User struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Locale string `json:"locale"`
}

// Reservation asks the catalogue to put products aside.
type Reservation struct {
	OrderID string    `json:"order_id"`
	Lines   []Reserve `json:"lines"`
	Until   time.Time `json:"until"`
}

// Reserve is one product of a Reservation.
type Reserve struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// Notification is a mail the third party is to send.
type Notification struct {
	UserID   string `json:"user_id"`
	Template string `json:"template"`
	Subject  string `json:"subject"`
	Text     string `json:"text"`
}

// PartnerDocument is what a partner's ERP system sends: XML inside JSON.
type PartnerDocument struct {
	MessageID  string    `json:"message_id"`
	Partner    string    `json:"partner"`
	ReceivedAt time.Time `json:"received_at"`
	Payload    struct {
		Format   string `json:"format"`
		Document string `json:"document"`
	} `json:"payload"`
}
